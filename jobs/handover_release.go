package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"brygga/care"
	"brygga/mapping/fhir/document"
	"brygga/store"
)

// HandoverPreview is what would be handed over of one client to one care home now, and
// what would not, with why.
type HandoverPreview struct {
	Client   care.Ref            `json:"client"`
	CareHome string              `json:"carehome,omitempty"`
	Shown    string              `json:"name,omitempty"` // of the care home, for people
	Start    care.Date           `json:"start"`
	Decision care.ConsentOutcome `json:"decision,omitempty"`
	Sections []SectionPreview    `json:"sections,omitempty"`
	// ID and Hash are of what would be sent; empty where Why says that nothing would be.
	ID   string `json:"id,omitempty"`
	Hash string `json:"hash,omitempty"`
	Why  string `json:"why,omitempty"`
	// Have is what the ledger has of it already.
	Have *HandoverLine `json:"have,omitempty"`

	composed *composed
	move     *move
}

// SectionPreview is one section.
type SectionPreview struct {
	Section string             `json:"section"`
	Sent    bool               `json:"sent"`
	Reason  string             `json:"reason"` // of consent.md, or not-offered, not-provided
	Consent string             `json:"consent,omitempty"`
	Givers  []string           `json:"givers,omitempty"` // who gave it, as the record says; empty: it does not say
	Data    []care.Interval    `json:"-"`                // which data is permitted; none: all
	Entries int                `json:"entries,omitempty"`
	Left    []document.LeftOut `json:"left,omitempty"` // what of the section is left out, and why
}

// Document gives the document and the page that would be sent, for somebody to look
// at; nil where nothing would be.
func (p *HandoverPreview) Document(at care.Date) (bundle, page []byte) {
	if p.composed == nil {
		return nil, nil
	}
	return p.composed.Bundle(p.ID, at.Noon()), p.composed.Page(p.ID, at.Noon())
}

// PreviewHandover reads consents and the permitted sections now, and shows for each
// care home that the client is about to move to what would be sent. Nothing is sent,
// and nothing is kept but who looked: that is in the audit log first.
func (o *Opened) PreviewHandover(ctx context.Context, client care.Ref, home string, by Asker) ([]*HandoverPreview, error) {
	h, err := o.newHandovers(ctx, by.Job, by)
	if err != nil {
		return nil, err
	}
	moves, err := h.moves(ctx)
	if err != nil {
		return nil, err
	}
	moves = slices.DeleteFunc(moves, func(m move) bool {
		return m.off || m.client.Ref != client && m.own != client || home != "" && (m.home == nil || m.home.Name != home)
	})
	if len(moves) == 0 {
		return nil, fmt.Errorf("no care-home service of %s starts within %d days of today, by what was last read (brygga run reconcile reads anew)", client, handoverDays)
	}
	read, err := h.readConsents(ctx)
	if err != nil {
		return nil, fmt.Errorf("read consents: %w", err)
	}
	var out []*HandoverPreview
	for i := range moves {
		p, err := h.preview(ctx, read, &moves[i])
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func (h *handovers) preview(ctx context.Context, read *consentsRead, m *move) (*HandoverPreview, error) {
	p := &HandoverPreview{Client: m.client.Ref, Start: m.start(), move: m}
	switch {
	case m.client.Protected:
		p.Why = "the client's identity is protected: hand over by hand"
		return p, nil
	case m.home == nil:
		p.Why = "the care home is not configured: name it under carehomes, or hand over by hand"
		return p, nil
	}
	p.CareHome, p.Shown = m.home.Name, m.home.DisplayName
	if read.unplaced > 0 {
		p.Why = fmt.Sprintf("%s cannot be read and %s not say whose: nothing is handed over until that is mended", plural(read.unplaced, "consent"), does(read.unplaced))
		return p, nil
	}
	if m.own == "" {
		p.Why = "the client is not found in " + h.source.Name
		return p, nil
	}
	d, err := h.decide(ctx, read, m)
	if err != nil {
		return nil, err
	}
	switch {
	case d.gone:
		p.Why = "the client is no longer in " + h.source.Name
	case d.died:
		p.Why = clientDied
	case d.protected:
		p.Why = "the client's identity is protected: hand over by hand"
	case d.recipient == "":
		p.Why = "the care home is no organization of " + h.source.Name
	case d.permitted == 0:
		p.Decision, p.Why = d.Outcome, h.refusal(d)
		p.Sections = h.sections(d, nil)
	default:
		c, err := h.compose(ctx, m, d)
		if nothingToSend(err) {
			p.Why = err.Error()
			return p, nil
		}
		if err != nil {
			return nil, err
		}
		p.Decision, p.ID, p.Hash, p.composed = d.Outcome, c.row.ID, c.Hash, c
		p.Sections = h.sections(d, c.Document)
	}
	if open, _ := h.earlier(m); open != nil {
		p.Have = line(open)
	}
	if same := h.ledger[p.ID]; same != nil {
		p.Have = line(same)
	}
	return p, nil
}

func line(row *store.Handover) *HandoverLine {
	l := LineOf(*row)
	return &l
}

// sections says of each section whether it is sent, and why.
func (h *handovers) sections(d *decided, doc *document.Document) []SectionPreview {
	var out []SectionPreview
	for _, s := range care.Sections() {
		one := d.Sections[s]
		v := SectionPreview{Section: s.String(), Sent: d.permitted.Has(s), Reason: string(one.Reason), Consent: string(one.Consent), Data: one.Data}
		if one.Version != "" {
			v.Consent += "/_history/" + one.Version
		}
		switch {
		case !h.Config.Jobs.Handover.Sections.Has(s):
			v.Reason = "not-offered"
		case !h.offered().Has(s):
			v.Reason = "not-provided"
		}
		for _, c := range d.consents {
			if c.Ref == one.Consent && one.Consent != "" {
				for _, g := range c.Givers {
					v.Givers = append(v.Givers, giver(g))
				}
			}
		}
		if doc != nil {
			for _, c := range doc.Sections {
				if c.Section == s {
					v.Entries, v.Left = len(c.Entries), c.LeftOut
				}
			}
		}
		out = append(out, v)
	}
	return out
}

// giver names who gave a consent; one who is known by an identifier only is not named.
func giver(g care.Ref) string {
	if strings.HasPrefix(string(g), "identifier:") {
		return "somebody who is named by an identifier"
	}
	return string(g)
}

// ErrNothingToRelease is that a preview holds nothing that could be released.
var ErrNothingToRelease = errors.New("there is nothing to release")

// ErrContentMoved is that what was released is not what would be sent by now.
var ErrContentMoved = errors.New("the content, or what is permitted, has changed since it was shown: look at it again with brygga handover preview")

// ReleaseHandover releases what a preview has shown, in somebody's name, and sends it.
// It fails with ErrContentMoved where it would no longer be the same. What the recipient
// has already is not sent again, and no error. A recipient that cannot be reached is a
// problem of the report: the job goes on with what is released.
func (o *Opened) ReleaseHandover(ctx context.Context, p *HandoverPreview, by Asker) (*HandoverReport, error) {
	if p.composed == nil {
		return nil, fmt.Errorf("%w: %s", ErrNothingToRelease, p.Why)
	}
	if why := o.notSent(o.Today()); why != "" {
		return nil, fmt.Errorf("%w: %s", ErrNothingToRelease, why)
	}
	release, err := o.leaseOf(ctx, JobHandover)
	if err != nil {
		return nil, err
	}
	defer release()
	h, err := o.newHandovers(ctx, by.Job, by)
	if err != nil {
		return nil, err
	}
	rep, err := h.recorded(ctx, "command", func(ctx context.Context) error { return h.release(ctx, p) })
	if err == nil && h.ledger[p.ID].State == care.HandoverStopped {
		err = fmt.Errorf("%w (%s)", ErrContentMoved, h.ledger[p.ID].Why)
	}
	return rep, err
}

func (h *handovers) release(ctx context.Context, p *HandoverPreview) error {
	row := h.ledger[p.ID]
	if row != nil && row.State.Left() && row.State != care.HandoverDelivered {
		return nil
	}
	if open, _ := h.earlier(p.move); open != nil && open.ID != p.ID {
		if stopped, err := h.stop(ctx, open, "another one was released in its place"); !stopped {
			return err
		}
	}
	if row == nil || row.State == care.HandoverPrepared || row.State == care.HandoverStopped {
		released := *p.composed.row
		if row != nil && row.State == care.HandoverPrepared {
			released.Begun = row.Begun
		}
		released.State, released.By, released.Released = care.HandoverReleased, h.by.By, h.Now()
		row = &released
		if err := h.note(ctx, "handover.released", row, "released"); err != nil {
			return err
		}
		if err := h.put(ctx, row); err != nil {
			return err
		}
		h.step("released")
	}
	return h.send(ctx, row, p.move)
}

// Handovers lists what the ledger holds of a client, or of all where client is empty;
// those that began last come first. No system is reached.
func Handovers(ctx context.Context, t *store.Tenant, client care.Ref) ([]HandoverLine, error) {
	rows, err := t.Handovers(ctx)
	if err != nil {
		return nil, err
	}
	var out []HandoverLine
	for _, r := range rows {
		if client == "" || r.Client == client {
			out = append(out, LineOf(r))
		}
	}
	slices.SortFunc(out, func(a, b HandoverLine) int {
		return -1 * compareLines(a, b)
	})
	return out, nil
}

func compareLines(a, b HandoverLine) int {
	if c := a.Begun.Compare(b.Begun); c != 0 {
		return c
	}
	return strings.Compare(a.ID, b.ID)
}
