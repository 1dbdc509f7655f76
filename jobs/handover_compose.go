package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"brygga/adapters"
	"brygga/care"
	fhirmap "brygga/mapping/fhir"
	"brygga/mapping/fhir/document"
	"brygga/store"
)

// composed is a handover as it would be sent, and its row.
type composed struct {
	*document.Document
	row *store.Handover
}

// compose reads the permitted sections of a client's record, and no others, and makes
// the document of them. That they are read is in the audit log before they are. See
// nothingToSend for how it may fail.
func (h *handovers) compose(ctx context.Context, m *move, d *decided) (*composed, error) {
	row := &store.Handover{
		Client: m.client.Ref, Service: m.service.Ref, Recipient: d.recipient, CareHome: m.home.Name,
		Sections: d.permitted, Consents: d.basis(), NoGiver: d.noGiver(), State: care.HandoverPrepared, Begun: h.Now(),
	}
	if err := h.note(ctx, "handover.read", row, "asked"); err != nil {
		return nil, err
	}
	opt := document.Options{
		Permitted: d.permitted, Data: map[care.Section][]care.Interval{}, AsOf: h.asOf, Base: h.source.base,
		Code: h.Config.Jobs.Handover.Document, Language: h.Language, Recipient: document.Party{
			Name: m.home.DisplayName, HSAID: m.home.Organization.HSAID, Number: m.home.Organization.Number,
		},
	}
	for _, s := range care.Sections() {
		if one := d.Sections[s]; d.permitted.Has(s) && len(one.Data) > 0 {
			opt.Data[s] = one.Data
		}
	}
	for _, ref := range d.basis() {
		opt.Consents = append(opt.Consents, document.BasisOf(ref))
	}
	c, err := h.collect(ctx, m, &opt)
	if err != nil {
		return nil, err
	}
	if err := h.stillMoves(c, m, d); err != nil {
		return nil, err
	}
	doc, err := document.Compose(*c, opt)
	if err != nil {
		return nil, fmt.Errorf("compose the document: %w", err)
	}
	row.Hash = doc.Hash
	row.ID = h.Job.Store.KeyedUUID("handover", string(m.client.Ref), m.home.Name, fmt.Sprint(uint8(d.permitted)), doc.Hash)
	return &composed{doc, row}, nil
}

// mostSupport bounds how often what was read may lead to more to read.
const mostSupport = 6

// collect reads the client, the permitted sections, and whom these name.
func (h *handovers) collect(ctx context.Context, m *move, opt *document.Options) (*document.Collection, error) {
	c := &document.Collection{Rows: map[care.Section][]json.RawMessage{}, Support: map[care.Ref]json.RawMessage{}}
	var err error
	if c.Patient, err = h.source.Source.Read(ctx, string(m.own)); err != nil {
		return nil, err
	}
	if c.Patient == nil {
		return nil, errors.New("the client is no longer there")
	}
	for _, s := range care.Sections() {
		if !opt.Permitted.Has(s) {
			continue
		}
		if err := h.search(ctx, c, s, document.Searches(s, m.own, h.asOf)); err != nil {
			return nil, err
		}
		if err := h.search(ctx, c, s, c.Reviews(s, m.own)); err != nil {
			return nil, err
		}
	}
	if m.unit != "" {
		raw, err := h.source.Source.Read(ctx, string(m.unit))
		if err != nil {
			return nil, err
		}
		opt.Custodian = document.PartyOf(raw)
	}
	for range mostSupport {
		wants := c.Wants(*opt)
		if len(wants) == 0 {
			return c, nil
		}
		for _, ref := range wants {
			body, err := h.source.Source.Read(ctx, string(ref))
			if err != nil {
				return nil, err
			}
			c.Support[ref] = body
		}
	}
	return nil, errors.New("what the record refers to has no end")
}

// search adds what the source answers to the rows of a section.
func (h *handovers) search(ctx context.Context, c *document.Collection, s care.Section, searches []document.Search) error {
	for _, q := range searches {
		r := &rawReader{typ: q.Type, seen: map[uint64]bool{}}
		if err := whole(ctx, h.source, adapters.Query{Kind: s.String(), Type: q.Type, Params: q.Params}, r); err != nil {
			return err
		}
		c.Rows[s] = append(c.Rows[s], r.rows...)
	}
	return nil
}

// rawReader keeps every row of a search as it stands.
type rawReader struct {
	typ  string
	mu   sync.Mutex
	seen map[uint64]bool
	rows []json.RawMessage
}

// mostRows is how many resources of one type a handover may hold: more is no record of
// one client.
const mostRows = 5000

// Open implements adapters.Reader.
func (r *rawReader) Open(body []byte) (adapters.Page, error) {
	p, err := fhirmap.OpenPage(r.typ, body)
	if err != nil {
		return adapters.Page{}, err
	}
	take := func() error {
		r.mu.Lock()
		defer r.mu.Unlock()
		for i, row := range p.Entries {
			if r.seen[p.Keys[i]] { // pages may shift
				continue
			}
			r.seen[p.Keys[i]] = true
			r.rows = append(r.rows, bytes.Clone(row))
		}
		if len(r.rows) > mostRows {
			return fmt.Errorf("more than %d resources of type %s for one client", mostRows, r.typ)
		}
		return nil
	}
	return adapters.Page{Next: p.Next, Updated: p.Updated, Total: p.Total, Keys: p.Keys, Take: take}, nil
}

// nothingToSend says of an error of compose that nothing may go to the care home, as the
// record is now; any other is that something could not be done.
func nothingToSend(err error) bool {
	return errors.Is(err, document.ErrProtected) || errors.Is(err, errMovedOn)
}
