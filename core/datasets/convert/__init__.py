"""Annotations written again as right COCO; the command ``convert`` uses it."""
