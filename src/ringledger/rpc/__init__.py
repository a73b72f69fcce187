"""The JSON-RPC protocol: envelope, access, methods and the one table of errors."""
