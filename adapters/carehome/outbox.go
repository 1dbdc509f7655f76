package carehome

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/rs/zerolog"

	"brygga/adapters"
)

// The files of an outbox, and what is in a delivered one once it is decrypted: a ZIP
// archive, which every computer of a care home opens by itself, with these two files.
//
//	ID.age                 a delivered handover, for the care home to fetch and remove
//	.ID.tmp-TOKEN          one that is being made ready
//	.ID.dropped-TOKEN      an empty one: what had this token was dropped, and never delivered
//	.brygga-outbox-MARK    says which folder this is, so that a share that is not mounted is not taken for it
const (
	DocumentFile = "document.json"
	PageFile     = "handover.html"

	Extension = ".age"

	stagedPart  = ".tmp-"
	droppedPart = ".dropped-"
	markPrefix  = ".brygga-outbox-"
)

// OutboxOptions says where an outbox is and who can read what is in it.
type OutboxOptions struct {
	Name string // the care home's name in the configuration; it opens every error
	Path string // the folder; it is never made
	// Recipients are age public keys (age1...): each of their owners can decrypt.
	Recipients []string
	// Mode is 0600, or 0640 where the group that fetches is the folder's; 0 is 0600.
	Mode   fs.FileMode
	Logger zerolog.Logger
	Clock  func() time.Time // the time of the files within the archive; needed
}

// Outbox is a folder of encrypted files. It is safe for concurrent use.
type Outbox struct {
	opts OutboxOptions
	keys []age.Recipient
	log  zerolog.Logger
	step func(string) // told of each step before it is taken; nil but in tests
}

var _ adapters.Recipient = (*Outbox)(nil)

// NewOutbox prepares an Outbox and touches nothing. It fails only on options that can
// never work, naming each setting that is wrong and repeating no value.
func NewOutbox(o OutboxOptions) (*Outbox, error) {
	var errs []error
	bad := func(setting, what string) { errs = append(errs, fmt.Errorf("%s: %s", setting, what)) }
	if o.Name == "" {
		bad("name", "is missing")
	}
	if o.Path == "" {
		bad("path", "is missing")
	}
	if o.Clock == nil {
		bad("clock", "is missing")
	}
	switch o.Mode {
	case 0:
		o.Mode = 0o600
	case 0o600, 0o640:
	default:
		bad("mode", "is neither 0600 nor 0640")
	}
	b := &Outbox{opts: o, log: o.Logger.With().Str("system", o.Name).Logger()}
	for i, text := range o.Recipients {
		key, err := parseKey(text)
		if err != nil {
			bad(fmt.Sprintf("recipients[%d]", i), err.Error())
			continue
		}
		b.keys = append(b.keys, key)
	}
	switch {
	case len(o.Recipients) == 0:
		bad("recipients", "is empty: at least one age public key (age1...) is needed")
	case len(b.keys) == len(o.Recipients):
		if _, err := age.Encrypt(io.Discard, b.keys...); err != nil {
			bad("recipients", "do not go together: post-quantum keys (age1pq1...) cannot be mixed with others")
		}
	}
	if len(errs) > 0 {
		return nil, fmt.Errorf("care home %q: %w", o.Name, errors.Join(errs...))
	}
	return b, nil
}

func parseKey(text string) (age.Recipient, error) {
	if strings.HasPrefix(strings.ToUpper(text), "AGE-SECRET-KEY-") {
		return nil, errors.New("is a private key, which only the care home may have: give its public key (age1...), and have the care home make a new pair")
	}
	var (
		key age.Recipient
		err error
	)
	if strings.HasPrefix(text, "age1pq1") {
		key, err = age.ParseHybridRecipient(text)
	} else {
		key, err = age.ParseX25519Recipient(text)
	}
	if err != nil {
		return nil, errors.New("is no age public key (age1...), or is mistyped")
	}
	return key, nil
}

// Name is the care home's name in the configuration.
func (o *Outbox) Name() string { return o.opts.Name }

// Can says that an outbox has no Tasks: what becomes of a file cannot be told.
func (o *Outbox) Can() adapters.RecipientCan { return adapters.RecipientCan{} }

// Close has nothing to give back.
func (o *Outbox) Close() {}

// Announce has nobody to tell.
func (o *Outbox) Announce(_ context.Context, id string, r adapters.Receipt, _ []byte) (adapters.Receipt, error) {
	return r, result(checkID(o.opts.Name, id))
}

// Announced knows of no Task.
func (o *Outbox) Announced(_ context.Context, id string) (adapters.Receipt, error) {
	return adapters.Receipt{}, result(checkID(o.opts.Name, id))
}

// Reply cannot tell.
func (o *Outbox) Reply(context.Context, adapters.Receipt) (adapters.Reply, error) {
	return adapters.Reply{}, nil
}

// Cancel has no Task to cancel; what was delivered is not recalled.
func (o *Outbox) Cancel(context.Context, adapters.Receipt, string) error { return nil }

func (o *Outbox) at(step string) {
	if o.step != nil {
		o.step(step)
	}
}

func (o *Outbox) path(name string) string { return filepath.Join(o.opts.Path, name) }

func final(id string) string              { return id + Extension }
func stagedName(id, token string) string  { return "." + id + stagedPart + token }
func droppedName(id, token string) string { return "." + id + droppedPart + token }

// ready says why nothing can be done about a delivery.
func (o *Outbox) ready(ctx context.Context, id, token string) *adapters.Error {
	if fault := checkID(o.opts.Name, id); fault != nil {
		return fault
	}
	if token != "" && !tokenForm.MatchString(token) {
		return o.fault(adapters.Rejected, "what was staged is named by no token of an outbox", "this is a fault of brygga: report it")
	}
	if ctx.Err() != nil {
		e := o.fault(adapters.Retry, "was stopped before it was done", "")
		e.Err = ctx.Err()
		return e
	}
	return nil
}
