"""The registry's schema history, applied forward only when a registry is opened."""
