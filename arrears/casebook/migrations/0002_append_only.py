"""The database itself refuses to change or remove what happened."""

from django.db import migrations

TABLES = [
    "casebook_posting",
    "casebook_samemoney",
    "casebook_statement",
    "casebook_suppliedstanding",
    "casebook_moneyin",
    "casebook_moneymatch",
    "casebook_fact",
    "casebook_contactpoint",
]

FORWARD = """
create function casebook_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'casebook: % on % is refused: what happened is not changed; record a correction',
    tg_op, tg_table_name using errcode = 'restrict_violation';
end $$;
""" + "".join(
    f"create trigger append_only before update or delete on {table} "
    "for each row execute function casebook_refuse_change();\n"
    for table in TABLES
)
BACKWARD = (
    "".join(f"drop trigger append_only on {table};\n" for table in TABLES)
    + "drop function casebook_refuse_change();"
)


class Migration(migrations.Migration):
    dependencies = [("casebook", "0001_first")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
