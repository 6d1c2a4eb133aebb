"""Custom elements, each with a script in the browser."""
