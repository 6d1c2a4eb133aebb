"""What the server answers besides pages: pictures, tables and crops, by address."""
