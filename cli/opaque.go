package cli

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"brygga/care"
)

// opaque gives everyone who is referred to by an identifier alone, and whom
// nobody carries it, a name in place of the identifier's hash: the hash is of a
// key that lives as long as the call, and the same data shall give the same
// answer. They are numbered as they come, client by client.
type opaque struct{ *strings.Replacer }

const logicalPrefix = "identifier:"

// newOpaque numbers the nameless of all clients; the zero opaque where there are none.
func newOpaque(clients []*care.Client, r *care.Roster) opaque {
	var pairs []string
	seen := map[care.Ref]bool{}
	note := func(refs ...care.Ref) {
		for _, ref := range refs {
			if strings.HasPrefix(string(ref), logicalPrefix) && !seen[ref] {
				seen[ref] = true
				pairs = append(pairs, string(ref), logicalPrefix+strconv.Itoa(len(seen)))
			}
		}
	}
	person := func(member care.Ref) {
		who, _, _ := r.Person(member)
		note(who)
	}
	for _, c := range clients {
		for i := range c.Placements {
			note(c.Placements[i].Unit)
		}
		note(c.Unit)
		// Their own order is by the member's hash, which differs from call to call.
		assignments := slices.Clone(c.Assignments)
		slices.SortStableFunc(assignments, func(x, y care.Assignment) int {
			return cmp.Or(cmp.Compare(x.Team, y.Team), cmp.Compare(x.Start, y.Start), cmp.Compare(x.End, y.End))
		})
		for _, as := range assignments {
			person(as.Member)
		}
		for _, p := range c.Plans {
			person(p.Author)
		}
		for _, v := range c.Reviews {
			for _, by := range v.By {
				person(by)
			}
		}
	}
	if pairs == nil {
		return opaque{}
	}
	return opaque{strings.NewReplacer(pairs...)}
}

func (o opaque) text(s string) string {
	if o.Replacer == nil || !strings.Contains(s, logicalPrefix) {
		return s
	}
	return o.Replace(s)
}

// refs gives a list with its names in place; the list itself stays as it is.
func (o opaque) refs(list []care.Ref) []care.Ref {
	if o.Replacer == nil || !slices.ContainsFunc(list, func(r care.Ref) bool { return strings.HasPrefix(string(r), logicalPrefix) }) {
		return list
	}
	out := make([]care.Ref, len(list))
	for i, r := range list {
		out[i] = care.Ref(o.text(string(r)))
	}
	return out
}

// explanation gives an explanation with its names in place, wherever they stand.
func (o opaque) explanation(v *explanation) (*explanation, error) {
	if o.Replacer == nil {
		return v, nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	out := &explanation{}
	if err := json.Unmarshal([]byte(o.Replace(string(b))), out); err != nil {
		return nil, err
	}
	slices.Sort(out.Contact.Staff)
	return out, nil
}
