"""What a user could pick instead of Ringledger, each loaded with the same sessions and asked the same questions."""
