"""Where things are: annotation files, the folder of the pictures, the file of each listed image."""
