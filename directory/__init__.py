"""The directory: organizations, services, places and agreements; knows no person."""
