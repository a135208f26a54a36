"""The database itself keeps the chain as it is: no UPDATE, no DELETE; and a waiting record
leaves only once the chain holds it, letter by letter. `evidence_told` shows both together."""

from django.db import migrations

KEPT = ["evidence_record", "evidence_root", "evidence_publickey"]

FORWARD = """
create function evidence_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'evidence: % on % is refused: what was told is not changed', tg_op, tg_table_name
    using errcode = 'restrict_violation';
end $$;
create function evidence_refuse_loss() returns trigger language plpgsql as $$
begin
  if exists (select 1 from gone left join evidence_record r on r.told_as = gone.id
             where r.body is distinct from gone.body) then
    raise exception 'evidence: a record that is not sealed does not leave'
      using errcode = 'restrict_violation';
  end if;
  return null;
end $$;
create trigger nothing_leaves_unsealed after delete on evidence_waiting
  referencing old table as gone for each statement execute function evidence_refuse_loss();
create trigger append_only before update on evidence_waiting
  for each row execute function evidence_refuse_change();
create view evidence_told as
  select kind, customer_ref, about, body from evidence_record
  union all select kind, customer_ref, about, body from evidence_waiting;
""" + "".join(
    f"create trigger append_only before update or delete on {table} "
    "for each row execute function evidence_refuse_change();\n"
    for table in KEPT
)
BACKWARD = (
    "drop view evidence_told;"
    + "".join(f"drop trigger append_only on {table};\n" for table in [*KEPT, "evidence_waiting"])
    + "drop trigger nothing_leaves_unsealed on evidence_waiting;"
    "drop function evidence_refuse_change(); drop function evidence_refuse_loss();"
)


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_first")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
