package vendor

import (
	"slices"
	"strings"

	"brygga/care"
)

// facts reads the section facts: per kind one entry, or a list of entries.
func (l *loader) facts(m *Mapping, n *node) {
	if n == nil || n.form != section || len(n.entries) == 0 {
		l.failAt(n, "facts is a section with the facts that the lists hold")
		return
	}
	for _, e := range n.entries {
		spec := specOf(e.key)
		if spec == nil {
			var all []string
			for _, s := range factTable {
				all = append(all, s.kind.String())
			}
			l.fail(e.place, "there is no fact %s%s", e.key, meant(e.key, all))
			continue
		}
		entries := []*node{e.value}
		if e.value.form == sequence {
			entries = e.value.items
		}
		for _, v := range entries {
			l.fact(m, spec, v, e)
		}
	}
	for _, d := range m.lists {
		l.together(d)
	}
}

func (l *loader) fact(m *Mapping, spec *factSpec, n *node, e *entry) {
	keys := append([]string{"from", "when", "where", "doc"}, spec.options...)
	l.known(n, append(keys, spec.fieldNames()...)...)
	if n.form != section {
		return
	}
	f := &factDecl{at: n.place, spec: spec, when: n.get("when"), where: n.get("where"), complete: n.get("complete"), display: n.get("display_name"), fields: map[string]*node{}}
	if n.place.line == 0 {
		f.at = e.place
	}
	from := l.text(n, "from")
	i := slices.IndexFunc(m.lists, func(d *listDecl) bool { return d.Name == from })
	if i < 0 {
		var all []string
		for _, d := range m.lists {
			all = append(all, d.Name)
		}
		at := n.get("from")
		if at == nil {
			l.fail(f.at, "from is missing: the list that the fact is read from%s", meant("", all))
		} else {
			l.fail(at.place, "there is no list %s under records%s", from, meant(from, all))
		}
		return
	}
	d := m.lists[i]
	if u := n.get("unlisted"); u != nil {
		f.unlisted = l.oneOf(n, "unlisted", "", "protected") == "protected"
	}
	if r := n.get("renewed_within"); r != nil {
		f.renewed = uint8(l.numberIn(r, "renewed_within", 255))
	}
	for _, field := range spec.fields {
		v := n.get(field.name)
		switch {
		case v == nil || v.form == null:
			if field.required && !(spec.kind == care.KindQualification && field.name == "staff") {
				l.fail(f.at, "%s.%s is missing: %s", spec.kind, field.name, field.doc)
			}
			continue
		case spec.kind == care.KindAssignment && field.name == "start" && v.text == "first_seen":
			f.first = true
			continue
		case spec.kind == care.KindAssignment && field.name == "end" && v.text == "last_seen":
			f.last = true
			continue
		}
		f.fields[field.name] = v
	}
	d.facts = append(d.facts, f)
}

// together checks that the facts of one list can stand in one record.
func (l *loader) together(d *listDecl) {
	has := func(k care.FactKind) *factDecl {
		for _, f := range d.facts {
			if f.spec.kind == k {
				return f
			}
		}
		return nil
	}
	for kind := range windows {
		if f := has(kind); f != nil && len(d.facts) > 1 {
			for _, o := range d.facts {
				if o.spec.kind != kind {
					l.fail(o.at, "a list of %ss holds nothing else: name the same list twice under records, once for each", kind)
				}
			}
		}
	}
	if d.REST != nil && has(care.KindVisit) == nil && has(care.KindNote) == nil {
		for _, name := range sortedKeys(d.REST.Params) {
			if strings.Contains(d.REST.Params[name], "{from}") {
				l.fail(d.at, "params.%s: {from} is the first day that visits or notes are kept of, and list %s holds neither", name, d.Name)
			}
		}
	}
	shared := care.SetOf(care.KindClient, care.KindUnit, care.KindStaff, care.KindQualification, care.KindEmployment, care.KindStaffAbsence)
	for _, f := range d.facts {
		staff := care.SetOf(care.KindStaff, care.KindQualification, care.KindEmployment, care.KindStaffAbsence)
		for _, o := range d.facts {
			mine, other := care.SetOf(f.spec.kind), care.SetOf(o.spec.kind)
			if f != o && shared.Has(mine) && !(staff.Has(mine) && staff.Has(other)) && !(f.spec.kind == care.KindClient && !shared.Has(other)) {
				l.fail(o.at, "a row that is a %s is no %s besides: name the same list twice under records, once for each", f.spec.kind, o.spec.kind)
			}
		}
		if f.spec.kind == care.KindQualification && f.fields["staff"] == nil && has(care.KindStaff) == nil {
			l.fail(f.at, "qualification.staff is missing: whose it is")
		}
	}
	// Staff before what adds to them, an employment before absences from it.
	slices.SortStableFunc(d.facts, func(a, b *factDecl) int { return int(a.spec.kind) - int(b.spec.kind) })
}
