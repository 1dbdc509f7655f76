package people

// without ends what somebody is to the client: where employments are not
// recorded, a contact who leaves is taken off each client.
func (r *Record) without(who int, last day) *Record {
	for i := range r.Contacts {
		if k := &r.Contacts[i]; k.Staff == who && k.Status == "active" {
			k.Status, k.To = "inactive", last.midnight()
		}
	}
	return r
}

// followedUp moves the follow-up that a plan names on by five months: a system
// that has no reviews shows one by that alone.
func (r *Record) followedUp(on day) *Record {
	r.Plans[len(r.Plans)-1].FollowUp = on.addMonths(5).midnight()
	return r
}
