package care

// eachRef lets visit change every reference in the record, its own included.
func (r *Record) eachRef(visit func(*Ref)) {
	visit(&r.Ref)
	visit(&r.Client)
	f := &r.Facts
	if f.Person != nil {
		visit(&f.Person.Unit)
	}
	if f.Unit != nil {
		visit(&f.Unit.Ref)
		visit(&f.Unit.PartOf)
	}
	if f.Role != nil {
		visit(&f.Role.Person)
		visit(&f.Role.Unit)
		for i := range f.Role.Absences {
			visit(&f.Role.Absences[i].Ref)
		}
	}
	f.eachCareRef(visit)
	for i := range f.Decisions {
		visit(&f.Decisions[i].Ref)
	}
	for i := range f.Information {
		visit(&f.Information[i].Ref)
		visitAll(f.Information[i].Organizations, visit)
	}
	for i := range f.Relatives {
		visit(&f.Relatives[i].Ref)
		visitAll(f.Relatives[i].Also, visit)
	}
	for i := range f.Consents {
		visitAll(f.Consents[i].Givers, visit)
		f.Consents[i].Root.eachRef(visit)
	}
}

// eachCareRef is eachRef for the facts of care and its plans.
func (f *Facts) eachCareRef(visit func(*Ref)) {
	for i := range f.Placements {
		visit(&f.Placements[i].Ref)
		visit(&f.Placements[i].Unit)
	}
	for i := range f.Services {
		visit(&f.Services[i].Ref)
		visit(&f.Services[i].Performer)
	}
	for i := range f.Assignments {
		visit(&f.Assignments[i].Team)
		visit(&f.Assignments[i].Member)
		visit(&f.Assignments[i].Unit)
	}
	for i := range f.Plans {
		visit(&f.Plans[i].Ref)
		visit(&f.Plans[i].Author)
	}
	for i := range f.Reviews {
		visit(&f.Reviews[i].Ref)
		visit(&f.Reviews[i].Plan)
		visitAll(f.Reviews[i].By, visit)
	}
	for i := range f.Deviations {
		visit(&f.Deviations[i].Ref)
	}
	for i := range f.Risks {
		visit(&f.Risks[i].Ref)
	}
	for i := range f.Absences {
		visit(&f.Absences[i].Ref)
	}
	for i := range f.Handovers {
		visit(&f.Handovers[i].Ref)
		visit(&f.Handovers[i].Service)
	}
}

func (p *Provision) eachRef(visit func(*Ref)) {
	for i := range p.Actor.All {
		visit(&p.Actor.All[i].Ref)
	}
	for i := range p.Within {
		p.Within[i].eachRef(visit)
	}
}

func visitAll(refs []Ref, visit func(*Ref)) {
	for i := range refs {
		visit(&refs[i])
	}
}

// keep takes away what is of none of the kinds.
func (f *Facts) keep(kinds FactSet) {
	has := func(k FactKind) bool { return kinds.Has(SetOf(k)) }
	if !has(KindClient) {
		f.Person = nil
	}
	if !has(KindUnit) {
		f.Unit = nil
	}
	if f.Staff != nil && !has(KindStaff) && !has(KindQualification) {
		f.Staff = nil
	}
	if f.Role != nil && !has(KindEmployment) && !has(KindStaffAbsence) {
		f.Role = nil
	}
	for _, x := range []struct {
		kind FactKind
		drop func()
	}{
		{KindPlacement, func() { f.Placements = nil }},
		{KindService, func() { f.Services = nil }},
		{KindAssignment, func() { f.Assignments = nil }},
		{KindDecision, func() { f.Decisions = nil }},
		{KindInformation, func() { f.Information = nil }},
		{KindPlan, func() { f.Plans = nil }},
		{KindReview, func() { f.Reviews = nil }},
		{KindDeviation, func() { f.Deviations = nil }},
		{KindRisk, func() { f.Risks = nil }},
		{KindClientAbsence, func() { f.Absences = nil }},
		{KindRelative, func() { f.Relatives = nil }},
		{KindConsent, func() { f.Consents = nil }},
		{KindHandover, func() { f.Handovers = nil }},
	} {
		if !has(x.kind) {
			x.drop()
		}
	}
}
