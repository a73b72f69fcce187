"""Switch records and session files on their way in."""
