"""The pages of the app; each file draws one page and computes nothing."""
