"""The HTTP routes besides the pages: pictures, tables and crops, each under its address."""
