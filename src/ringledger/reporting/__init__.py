"""From parameters of a get method to the bytes of its reply."""
