"""The shape of what people type about a person; what makes sense is judged by the rules."""
