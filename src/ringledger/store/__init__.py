"""The ClickHouse engine: connections, escaping, schema, session rows and events."""
