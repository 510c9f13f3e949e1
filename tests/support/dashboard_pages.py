"""What stands on a page of the dashboard, read as a person reads it."""

from playwright.sync_api import Locator, Page


def settle(page: Page) -> None:
    """Wait until what was done last is drawn, and every panel shows its answer."""
    page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn())))")
    page.wait_for_function(
        "() => document.querySelector('h1') && !document.querySelector('[aria-busy=true], .waiting')"
    )


def open_page(page: Page, address: str) -> None:
    """Go to an address and wait for its numbers."""
    page.goto(address)
    settle(page)


def figures(page: Page) -> dict[str, str]:
    """The large numbers by their titles, without thin spaces."""
    found = page.locator(".figure").evaluate_all(
        "all => all.map(each => [each.querySelector('dt').innerText, each.querySelector('.figure-value').innerText])"
    )
    return {title: plain(value) for title, value in found}


def panel(page: Page, title: str) -> Locator:
    """The part of the page that has this title."""
    return page.get_by_role("region", name=title, exact=True)


def table(within: Locator) -> list[dict[str, str]]:
    """The rows of a table by the titles of its columns, as shown; of columns with equal titles the last."""
    found: list[list[str]] = within.locator("table").first.evaluate(
        "table => [...table.rows].map(row => [...row.cells].map(cell => cell.innerText))"
    )
    head, *rows = [[plain(cell) for cell in row] for row in found]
    return [dict(zip(head, row, strict=True)) for row in rows]


def plain(text: str) -> str:
    """Without what only makes it readable: thin spaces between digits."""
    return text.replace("\u202f", "").replace("\u2212", "-").strip()
