"""`arrears api-key ...`: keys for machines."""

from typing import Annotated

import typer

group = typer.Typer(help="Keys for machines that call the API.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Join the command line."""
    app.add_typer(group, name="api-key")


@group.command()
def new(
    name: Annotated[str, typer.Argument(help="Who will call: `core-banking`, `agency-a`.")],
    scope: Annotated[
        list[str], typer.Option(help="cases:read, facts:write or payments:write; may be repeated.")
    ],
) -> None:
    """Make a key and show it, once."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.api.keys import new_key
        from arrears.kernel import clock

        typer.echo(new_key(name=name, scopes=scope, now=clock.now()))


@group.command("list")
def list_keys() -> None:
    """Every key: name, scopes, since when, until when."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.api.keys import all_keys

        for key in all_keys():
            ended = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "in use"
            typer.echo(f"{key.name:40} {ended:18} {', '.join(key.scopes)}")


@group.command()
def revoke(name: Annotated[str, typer.Argument(help="The key's name.")]) -> None:
    """From now on this key opens nothing."""
    from arrears.cli.ground import standing_ground

    with standing_ground():
        from arrears.api.keys import revoke as revoke_key
        from arrears.kernel import clock

        revoke_key(name=name, now=clock.now())
        typer.echo(f"{name} opens nothing any more.")
