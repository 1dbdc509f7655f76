package people

import "strconv"

// events writes deviations and risks.
func (w *writer) events(c *client) {
	for i, d := range c.deviations {
		var done list
		status := "preliminary"
		if d.remedied != 0 {
			status = "final"
			done = list{{{"action", object{{"text", "Åtgärdad"}}}, {"date", d.remedied}}}
		}
		w.put("DetectedIssue", c.id("dv", i+1), object{
			{"status", status},
			{"code", w.concept("deviation", d.code)},
			{"patient", reference1(c.ref())},
			{"identifiedDateTime", d.on},
			{"mitigation", done},
		})
	}
	for i, r := range c.risks {
		w.put("RiskAssessment", c.id("ri", i+1), object{
			{"status", "final"},
			{"subject", reference1(c.ref())},
			{"occurrenceDateTime", r.on},
			{"prediction", list{{{"qualitativeRisk", coded("http://terminology.hl7.org/CodeSystem/risk-probability", r.level)}}}},
		})
	}
}

const actCode = "http://terminology.hl7.org/CodeSystem/v3-ActCode"

// stay is an Encounter in hospital.
func (w *writer) stay(c *client, id string, s stay) {
	status := "finished"
	when := object{{"start", s.from.at(14 * 60)}}
	if s.to == 0 {
		status = "in-progress"
	} else {
		when = append(when, member{"end", s.to.at(11 * 60)})
	}
	w.put("Encounter", id, object{
		{"status", status},
		{"class", object{{"system", actCode}, {"code", "IMP"}}},
		{"subject", reference1(c.ref())},
		{"period", when},
	})
}

// visits writes the Encounters at home. There are millions of them in a large
// municipality, so they are not built as objects but appended.
func (w *writer) visits(c *client) {
	if w.stopped {
		return
	}
	stem := w.m.o.Prefix + "v-" + c.num + "-"
	system := w.sys("service")
	tail := `,"subject":{"reference":"` + c.ref() + `"}`
	n := 0
	c.visits(func(v visit) bool {
		n++
		id := stem + strconv.Itoa(n)
		b := append(w.buf[:0], `{"resourceType":"Encounter","id":"`...)
		b = append(b, id...)
		if v.cancelled {
			b = append(b, `","status":"cancelled"`...)
		} else {
			b = append(b, `","status":"finished"`...)
		}
		b = append(b, `,"class":{"system":"`+actCode+`","code":"HH"},"type":[`...)
		for i, s := range v.services {
			if s == nil {
				break
			}
			if i > 0 {
				b = append(b, ',')
			}
			b = append(append(append(b, `{"coding":[{"system":"`...), system...), `","code":"`...)
			b = append(append(b, s.code...), `"}]}`...)
		}
		b = append(append(b, ']'), tail...)
		b = append(append(b, `,"basedOn":[{"reference":"ServiceRequest/`...), v.services[0].id...)
		b = append(b, `"}],"participant":[`...)
		b = append(append(append(b, `{"individual":{"reference":"Practitioner/`...), w.m.staff[v.by].id...), `"}}`...)
		if v.with >= 0 {
			b = append(append(append(b, `,{"individual":{"reference":"Practitioner/`...), w.m.staff[v.with].id...), `"}}`...)
		}
		b = v.start.append(append(b, `],"period":{"start":"`...))
		b = v.end.append(append(b, `","end":"`...))
		w.buf = append(b, `"}}`...)
		w.send("Encounter", id)
		return !w.stopped
	})
}
