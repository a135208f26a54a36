"""Many records told together wait on one sheet, what they share written once. The database writes
their bodies out by itself, and lets a sheet leave only once the chain holds each, letter by letter."""

from django.db import migrations, models

FORWARD = r"""
alter table evidence_sheet alter column moulds set storage external, alter column lines set storage external;
create function evidence_body(moulds jsonb, line text) returns text language sql immutable as $$
  select string_agg(piece || coalesce(said[place + 1], ''), '' order by place)
  from (select string_to_array(line, E'\x1f')) as told (said),
    jsonb_array_elements_text(moulds -> said[1]::int) with ordinality as mould (piece, place)
$$;
create view evidence_on_sheets as
  select s.id, place - 1 as number, s.kind,
    (said[s.customer + 2]::jsonb #>> '{}')::varchar(64) as customer_ref,
    (said[s.about + 2]::jsonb #>> '{}')::varchar(160) as about, evidence_body(s.moulds::jsonb, line) as body
  from evidence_sheet s,
    unnest(string_to_array(s.lines, E'\n')) with ordinality as told (line, place),
    string_to_array(line, E'\x1f') as said;
create or replace view evidence_told as
  select kind, customer_ref, about, body from evidence_record
  union all select kind, customer_ref, about, body from evidence_waiting
  union all select kind, customer_ref, about, body from evidence_on_sheets;
create function evidence_refuse_loss_of_sheet() returns trigger language plpgsql as $$
begin
  if exists (
    select 1 from gone cross join unnest(string_to_array(gone.lines, E'\n')) with ordinality as told (line, place)
    left join evidence_record r on r.told_as = -(gone.id * 4096 + place - 1)
    where r.body is distinct from evidence_body(gone.moulds::jsonb, line)) then
    raise exception 'evidence: a sheet that is not sealed does not leave'
      using errcode = 'restrict_violation';
  end if;
  return null;
end $$;
create trigger nothing_leaves_unsealed after delete on evidence_sheet
  referencing old table as gone for each statement execute function evidence_refuse_loss_of_sheet();
create trigger append_only before update on evidence_sheet
  for each row execute function evidence_refuse_change();
"""
BACKWARD = """
do $$ begin
  if exists (select 1 from evidence_sheet) then
    raise exception 'evidence: sheets wait to be sealed; `arrears evidence verify` seals them, then go back';
  end if;
end $$;
create or replace view evidence_told as
  select kind, customer_ref, about, body from evidence_record
  union all select kind, customer_ref, about, body from evidence_waiting;
drop trigger append_only on evidence_sheet;
drop trigger nothing_leaves_unsealed on evidence_sheet;
drop function evidence_refuse_loss_of_sheet();
drop view evidence_on_sheets;
drop function evidence_body(jsonb, text);
"""


class Migration(migrations.Migration):
    dependencies = [("evidence", "0002_append_only")]
    operations = [
        migrations.CreateModel(
            name="Sheet",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=16)),
                ("recorded_at", models.DateTimeField()),
                ("about", models.SmallIntegerField()),
                ("customer", models.SmallIntegerField()),
                ("records", models.IntegerField()),
                ("moulds", models.TextField()),
                ("lines", models.TextField()),
            ],
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
