package people

// writer turns units, staff and clients into resources.
type writer struct {
	m       *Municipality
	yield   func(Resource) bool
	stopped bool
	buf     []byte
}

// put yields one resource; after a false answer nothing more is made.
func (w *writer) put(kind, id string, o object) {
	if w.stopped {
		return
	}
	w.buf = object{{"resourceType", kind}, {"id", id}}.append(w.buf[:0])
	w.buf = w.buf[:len(w.buf)-1] // the rest goes into the same object
	rest := len(w.buf)
	w.buf = o.append(w.buf)
	if len(w.buf) == rest+2 { // {}: nothing more to say
		w.buf = append(w.buf[:rest], '}')
	} else {
		w.buf[rest] = ','
	}
	w.send(kind, id)
}

func (w *writer) send(kind, id string) {
	w.stopped = !w.yield(Resource{kind, id, append([]byte(nil), w.buf...)})
}

// sys is one of our own code systems.
func (w *writer) sys(name string) string { return w.m.o.System + "/CodeSystem/" + name }

// ext is an extension of our own.
func (w *writer) ext(name, valueType string, value any) object {
	return object{{"url", w.m.o.System + "/StructureDefinition/" + name}, {valueType, value}}
}

// concept is a CodeableConcept with one coding of our own.
func (w *writer) concept(system, code string) object { return coded(w.sys(system), code) }

func coded(system, code string) object {
	return object{{"coding", list{{{"system", system}, {"code", code}}}}}
}

func reference1(ref string) object { return object{{"reference", ref}} }

func references(refs ...string) list {
	var all list
	for _, r := range refs {
		all = append(all, reference1(r))
	}
	return all
}

func period(s span) object { return object{{"start", s.from}, {"end", s.to}} }

func identifier(system, value string) object { return object{{"system", system}, {"value", value}} }

// organizations writes the municipality, its provider, care homes and units.
func (w *writer) organizations() {
	org := func(id, hsa, name, partOf string, more object) {
		o := object{{"identifier", list{identifier(hsaID, hsa)}}, {"active", true}}
		o = append(o, more...)
		o = append(o, member{"name", name})
		if partOf != "" {
			o = append(o, member{"partOf", reference1("Organization/" + partOf)})
		}
		w.put("Organization", id, o)
	}
	m := w.m
	w.put("Organization", m.town.id, object{
		{"identifier", list{identifier(hsaID, m.town.hsa), identifier(orgNumber, "2321000000")}}, {"active", true}, {"name", m.town.name},
	})
	kind := func(code, display string) object {
		return object{{"type", list{{{"coding", list{{
			{"system", "http://terminology.hl7.org/CodeSystem/organization-type"}, {"code", code}, {"display", display},
		}}}}}}}
	}
	org(m.provider.id, m.provider.hsa, m.provider.name, m.town.id, kind("prov", "Healthcare Provider"))
	for i, h := range m.homes {
		org(h.id, h.hsa, h.name, m.town.id, append(kind("prov", "Healthcare Provider"), member{"telecom", phone(90 + i)}))
	}
	for i, u := range m.units {
		org(u.id, u.hsa, u.name, m.provider.id, append(kind("dept", "Hospital Department"), member{"telecom", phone(i)}))
	}
}

// everybody writes the staff, and then their employments.
func (w *writer) everybody() {
	for i := range w.m.staff {
		w.practitioner(&w.m.staff[i], i)
	}
	for i := range w.m.staff {
		for _, j := range w.m.staff[i].jobs {
			w.role(&w.m.staff[i], j)
		}
	}
}

func (w *writer) practitioner(s *staff, i int) {
	system := hsaID
	if i%23 == 5 {
		system = "urn:oid:1.2.752.129.2.1.4.1"
	}
	var quals list
	if s.title != "" {
		quals = append(quals, object{{"code", object{{"text", s.title}}}})
	}
	for _, c := range s.certs {
		code := w.concept("qualification", c.code)
		quals = append(quals, object{{"code", code}, {"period", period(span{c.from, c.to})}})
	}
	w.put("Practitioner", s.id, object{
		{"identifier", list{identifier(system, s.hsa)}},
		{"active", s.kind != former},
		{"name", list{{{"family", s.family}, {"given", []string{s.given}}}}},
		{"qualification", quals},
	})
}

func (w *writer) role(s *staff, j job) {
	var away list
	for _, a := range j.away {
		away = append(away, object{{"description", "Tjänstledig"}, {"during", period(a)}})
	}
	o := object{}
	if j.inactive {
		o = append(o, member{"active", false})
	} else {
		o = append(o, member{"active", true})
	}
	w.put("PractitionerRole", j.id, append(o, object{
		{"period", period(span{j.from, j.to})},
		{"practitioner", reference1(s.ref())},
		{"organization", reference1(w.m.unitRef(j.unit))},
		{"code", list{{{"text", s.title}}}},
		{"notAvailable", away},
	}...))
}
