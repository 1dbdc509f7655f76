package lifecare

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"brygga/sandbox/people"
)

// signature is how a member of staff signs; with nobody's index it is nobody's.
func signature(i int) string { return fmt.Sprintf("om%05d", i+firstPerson) }

// everybody makes the rows of staff.
func (b *builder) everybody() []entry {
	var all []entry
	for i := range b.staff {
		all = append(all, b.member(i, &b.staff[i]))
	}
	return all
}

// member makes the row of one member of staff. Leave and certificates are not there:
// the system knows only to which units somebody has had access, and a title in
// words.
func (b *builder) member(i int, p *people.Member) entry {
	n := int64(firstPerson + i)
	d := b.dates.of(n)
	row := personnel{
		ID: n, PersonID: p.Number, FirstName: p.Given, LastName: p.Family, Title: title(i, p.Title), Signature: signature(i),
	}
	var days []time.Time
	for _, j := range p.Jobs {
		row.Roles = append(row.Roles, role{"Utförare", !j.Inactive, d.required(j.From), d.date(j.To), unitID(j.Unit)})
		days = append(days, j.From, j.To)
	}
	row.HsaIDs = []hsaID{{p.HSA, unitID(p.Unit)}}
	return entry{"provider_personnels", strconv.FormatInt(n, 10), nobody, b.changed(nil, days...), false, row}
}

// title is typed by people, each in their own way.
func title(i int, t string) string {
	if t != "Undersköterska" {
		return t
	}
	return [...]string{t, strings.ToLower(t), t, t + " natt"}[i%4]
}

// places makes the rows of units.
func (b *builder) places() []entry {
	at := b.asOf.AddDate(-2, 0, 0)
	var all []entry
	put := func(u providerUnit) {
		all = append(all, entry{"provider_units", strconv.FormatInt(u.ID, 10), nobody, at, false, u})
	}
	for i, u := range b.units {
		put(providerUnit{unitID(i), u.Name, u.HSA, u.Kind == "care-home", true})
	}
	put(providerUnit{dayUnit, "Träffpunkten", "", false, true})
	put(providerUnit{healthUnit, "Hemsjukvården", "", false, true})
	put(providerUnit{shortUnit, "Korttidsenheten Eken", "", false, true})
	put(providerUnit{dayUnit + 5, "Hemtjänst Nedlagda", "", false, false})
	return all
}
