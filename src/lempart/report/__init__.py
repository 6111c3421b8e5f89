"""One self-contained HTML file of a result or a study: rows are built here, the page only shows them."""

from lempart.report.folder import read_page
from lempart.report.html import page_html
from lempart.report.rows import Page

__all__ = ["Page", "page_html", "read_page"]
