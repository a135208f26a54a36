"""`arrears terms`: the card products of the rule book."""

from datetime import datetime
from typing import Annotated

import typer

from arrears.cli.language import language

group = typer.Typer(help="Card terms in the rule book.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Join the command line."""
    app.add_typer(group, name="terms")


@group.command("list")
def list_products() -> None:
    """Every card product the rule book knows."""
    from arrears.rulebook.terms import load_terms, products

    for name in sorted(products()):
        terms = load_terms(name)
        typer.echo(f"{name:<20} {terms.currency}  {terms.title.said_in(language())}")


@group.command("show")
def show_product(
    product: Annotated[str, typer.Argument(help="A product, such as cn.card.")],
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The terms of that day (default: the latest)."),
    ] = None,
) -> None:
    """One product's terms with their values and where they are written."""
    from arrears.rulebook.terms import load_terms

    terms = load_terms(product, on=on.date() if on else None)
    typer.echo(f"{terms.product}  {terms.title.said_in(language())}  {terms.currency}")
    for name, source in sorted(terms.sources.items()):
        typer.echo(f"{name:<32} {source.value:<28} {source.title.said_in(language())} [{source.reference}]")
