"""The HTTP server: routes and nothing else."""
