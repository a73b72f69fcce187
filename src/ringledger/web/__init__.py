"""What the page is made of: templates and the assets that browsers load; the server's part is http/page.py."""
