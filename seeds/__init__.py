"""Invented demo data: organizations, services and people who can sign in, in real towns of New York."""
