"""What the Data API has: kinds of fields, operators, field tables of the reports, methods."""
