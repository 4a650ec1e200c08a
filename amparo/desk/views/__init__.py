"""Pages and actions of the desk, one module per place. Each view is small: read the request, call the store or `moves`, render."""
