"""`arrears database ...`: the database, where a person has to care about it."""

import typer

group = typer.Typer(help="The database: bring a server up to date, or look inside.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Join the command line."""
    app.add_typer(group, name="database")
    app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, hidden=True)(
        manage
    )


@group.command()
def migrate() -> None:
    """Bring the tables up to date (the embedded database does so by itself)."""
    from arrears.cli.ground import standing_ground

    with standing_ground(migrate=False):
        from django.core.management import call_command

        call_command("migrate", interactive=False)


def manage(context: typer.Context) -> None:
    """Django's own commands, for developers: `arrears manage makemigrations`."""
    from arrears.cli.ground import standing_ground

    with standing_ground(migrate=False):
        from django.core.management import execute_from_command_line

        execute_from_command_line(["arrears manage", *context.args])
