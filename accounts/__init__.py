"""People who sign in: accounts, roles, passwords, second factors and sessions; it knows no enrollee and no listing."""
