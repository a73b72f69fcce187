"""Accounts, users, access tokens, whitelists and the directory, kept in a relational database."""
