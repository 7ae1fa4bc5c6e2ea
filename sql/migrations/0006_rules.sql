-- By which rule a user agent is a person, a tool or a bot. Empty for what was counted before: tallygate reclassify tells it.
alter table origins add column rule text not null default '';
