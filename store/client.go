package store

import (
	"context"

	"brygga/care"
)

// ClientRows is what is stored of one client in one system.
type ClientRows struct {
	Records []care.Record // of all small kinds; none: the client is not known here
	// Unreadable are the quarantined records that name this client, and those
	// that do not say whom they concern.
	Unreadable []care.Unreadable
	Visits     []care.Visit
	Notes      []care.Note
}

// ClientRecords gives the rows of one client, found without reading those of
// others. Staff, units and roles belong to no client: read their kinds with Kind.
func (t *Tenant) ClientRecords(ctx context.Context, system string, client care.Ref) (ClientRows, error) {
	return ClientRows{}, errUnbuilt
}
