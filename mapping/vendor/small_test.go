package vendor

// small is a mapping of one list, that tests change parts of.
const small = `mapping: small
settings:
  mode: {choices: [a, b], default: a}
records:
  visit:
    path: /visits
    key: Id
    where: Status == "Done"
    shape:
      Id: int
      Status: string
      Client: person
      Start: datetime
      Tags: [string]
      Inner: {Name: string, Count: int}
  unit:
    path: /units
    key: Id
    shape: {Id: int, Name: string}
codes:
  service: {städ: cleaning}
facts:
  visit:
    from: visit
    client: person(Client)
    start: Start
    services: code(service, Inner.Name)
  unit:
    from: unit
    name: Name
`
