package rules

import "brygga/care"

// Provided says whether systems that provide these facts provide enough for the
// rule to be asked at all. A nil rule, one that this version does not know, is not.
func (r *Rule) Provided(by care.FactSet) bool { return r != nil && by.Has(r.off) }
