package wire

import (
	"context"
	"encoding/base64"
	"errors"
	"time"

	"brygga/adapters"
)

// authorizer gives each request its Authorization header.
type authorizer interface {
	// header is the header's value, "" for none.
	header(ctx context.Context) (string, *adapters.Error)
	// renew is told of a value that was answered with 401. It says whether asking
	// again with a new one has any point.
	renew(refused string) bool
	// advice is what a person can do about a 401.
	advice() string
}

func newAuthorizer(c *Client) (authorizer, error) {
	a := c.opts.Auth
	switch a.Kind {
	case AuthBearer:
		return fixed{"Bearer " + a.Token, "renew auth.token of this system"}, nil
	case AuthBasic:
		plain := []byte(a.User + ":" + a.Password)
		return fixed{"Basic " + base64.StdEncoding.EncodeToString(plain), "check auth.user and auth.password of this system"}, nil
	case AuthClientCredentials:
		return newTokens(c, secretGrant{c}, "check auth.client_id, auth.client_secret and auth.scopes of this system"), nil
	case AuthSmartBackend:
		key, err := readKey(a.Key)
		if err != nil {
			return nil, err
		}
		return newTokens(c, assertionGrant{c, key}, "check auth.client_id and auth.scopes of this system, and that the server knows the public part of auth.key"), nil
	case AuthNone:
		return fixed{"", "this server wants a sign-in: set auth of this system"}, nil
	}
	return nil, errors.New("auth.kind: is unknown")
}

// fixed never changes: a 401 is final.
type fixed struct{ value, what string }

func (f fixed) header(context.Context) (string, *adapters.Error) { return f.value, nil }
func (f fixed) renew(string) bool                                { return false }
func (f fixed) advice() string                                   { return f.what }

// grant asks the token endpoint for one new token.
type grant interface {
	token(ctx context.Context, endpoint string) (granted, *adapters.Error)
}

// granted is a token and how long it holds; zero where the server did not say.
type granted struct {
	access string
	lives  time.Duration
}

// tokens keeps the token that holds, and asks for a new one before it ends.
type tokens struct {
	c        *Client
	grant    grant
	advises  string
	turn     chan struct{} // one asks, the others wait; a mutex that heeds ctx
	endpoint string
	value    string
	until    time.Time
}

func newTokens(c *Client, g grant, advice string) *tokens {
	return &tokens{c: c, grant: g, advises: advice, turn: make(chan struct{}, 1), endpoint: c.opts.Auth.TokenURL}
}

const (
	// unstated is how long a token is used whose server does not say.
	unstated = 5 * time.Minute
	// margin is how long before its end a token is no longer used; of short-lived
	// ones, a fifth of their life.
	margin = 30 * time.Second
)

func (t *tokens) header(ctx context.Context) (string, *adapters.Error) {
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return "", t.c.NetworkError(Request{}, ctx.Err())
	}
	if t.value != "" && t.c.opts.Clock().Before(t.until) {
		return t.value, nil
	}
	if t.endpoint == "" {
		endpoint, fault := t.c.discover(ctx)
		if fault != nil {
			return "", fault
		}
		t.endpoint = endpoint
	}
	asked := t.c.opts.Clock()
	g, fault := t.ask(ctx)
	if fault != nil {
		return "", fault
	}
	if g.lives <= 0 {
		g.lives = unstated
	}
	t.value, t.until = "Bearer "+g.access, asked.Add(g.lives-min(margin, g.lives/5))
	return t.value, nil
}

// ask retries here, not in the transport: an assertion may be used only once.
func (t *tokens) ask(ctx context.Context) (granted, *adapters.Error) {
	for try := 0; ; try++ {
		g, fault := t.grant.token(ctx, t.endpoint)
		if fault == nil || (fault.Class != adapters.Retry && fault.Class != adapters.Wait) || try >= t.c.opts.Retries {
			return g, fault
		}
		if t.c.opts.Sleep(ctx, min(firstPause<<min(try, 10), longestPause)) != nil {
			return g, fault
		}
	}
}

func (t *tokens) renew(refused string) bool {
	t.turn <- struct{}{}
	defer func() { <-t.turn }()
	if t.value == refused { // else another request has renewed it already
		t.value = ""
	}
	return true
}

func (t *tokens) advice() string { return t.advises }
