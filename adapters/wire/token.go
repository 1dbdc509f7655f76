package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"brygga/adapters"
)

// discover reads the token endpoint from the server's SMART configuration.
func (c *Client) discover(ctx context.Context) (string, *adapters.Error) {
	r := Request{Method: http.MethodGet, URL: c.Address(".well-known/smart-configuration", nil), Header: http.Header{"Accept": {"application/json"}}}
	const do = "set auth.token_url of this system"
	a, fault := c.Exchange(ctx, r, "")
	if fault != nil {
		return "", fault
	}
	defer a.Free()
	if a.Status >= 500 || a.Status == http.StatusTooManyRequests {
		return "", c.Refusal(r, a)
	}
	var found struct {
		TokenEndpoint string `json:"token_endpoint"`
	}
	if a.Status != http.StatusOK || json.Unmarshal(a.Body(), &found) != nil || found.TokenEndpoint == "" {
		return "", c.Fault(r, adapters.Credentials, a.Status, "the server does not say where tokens are given (.well-known/smart-configuration)", do)
	}
	if _, err := ParseAddress(found.TokenEndpoint); err != nil {
		return "", c.Fault(r, adapters.Credentials, a.Status, "the token endpoint that the server names "+err.Error(), do)
	}
	return found.TokenEndpoint, nil
}

// secretGrant is OAuth 2 client credentials with a secret.
type secretGrant struct{ c *Client }

func (g secretGrant) token(ctx context.Context, endpoint string) (granted, *adapters.Error) {
	a := g.c.opts.Auth
	c := clientcredentials.Config{ClientID: a.ClientID, ClientSecret: a.ClientSecret, TokenURL: endpoint, Scopes: a.Scopes}
	// The library sends the request itself: it gets our wire, and its answers are
	// bounded like any other.
	t, err := c.Token(context.WithValue(ctx, oauth2.HTTPClient, &http.Client{
		Transport:     carried(g),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}))
	if err != nil {
		var refused *oauth2.RetrieveError
		if errors.As(err, &refused) && refused.Response != nil {
			return granted{}, g.c.tokenRefused(refused.Response.StatusCode, refused.ErrorCode)
		}
		var inner *url.Error
		if errors.As(err, &inner) {
			return granted{}, g.c.inToken(g.c.NetworkError(Request{}, err))
		}
		return granted{}, g.c.tokenRefused(http.StatusOK, "")
	}
	return granted{access: t.AccessToken, lives: seconds(t.Extra("expires_in"))}, nil
}

// seconds reads expires_in, which comes as a number or as a string.
func seconds(v any) time.Duration {
	switch n := v.(type) {
	case float64:
		return time.Duration(min(max(n, 0), 1e9)) * time.Second
	case string:
		d, err := time.ParseDuration(n + "s")
		if err == nil {
			return min(max(d, 0), 1e9*time.Second)
		}
	}
	return 0
}

// postForm sends a form to the token endpoint, without a token.
func (c *Client) postForm(ctx context.Context, endpoint string, form url.Values) (granted, *adapters.Error) {
	r := Request{
		Method: http.MethodPost, URL: endpoint, Body: []byte(form.Encode()), Plain: true,
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}},
	}
	a, fault := c.Exchange(ctx, r, "")
	if fault != nil {
		return granted{}, c.inToken(fault)
	}
	defer a.Free()
	var got struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   any    `json:"expires_in"`
		Error       string `json:"error"`
	}
	err := json.Unmarshal(a.Body(), &got)
	if a.Status != http.StatusOK || err != nil || got.AccessToken == "" {
		return granted{}, c.tokenRefused(a.Status, got.Error)
	}
	return granted{access: got.AccessToken, lives: seconds(got.ExpiresIn)}, nil
}

// tokenRefused: the endpoint answered, with no token. Of what it said only
// OAuth's own error code is told.
func (c *Client) tokenRefused(status int, code string) *adapters.Error {
	e := c.Fault(Request{}, adapters.Credentials, status, fmt.Sprintf("the token endpoint gave no token (%d", status), "check auth of this system: client_id, the key or secret, scopes and token_url")
	if c := strings.ReplaceAll(code, "_", "-"); code != "" && Word(c) == c {
		e.What += ", " + code
	}
	e.What += ")"
	if status >= 500 || status == http.StatusTooManyRequests {
		e.Class, e.Do = adapters.Retry, "see the log of the server that gives tokens"
	}
	return e
}

func (c *Client) inToken(e *adapters.Error) *adapters.Error {
	e.What = "asking for a token: " + e.What
	return e
}

// carried sends the OAuth library's request through our own transport.
type carried struct{ c *Client }

func (c carried) RoundTrip(req *http.Request) (*http.Response, error) {
	t := new(trip)
	resp, err := c.c.http.GetClient().Transport.RoundTrip(req.WithContext(withTrip(req.Context(), t)))
	if err != nil {
		c.c.buffers.put(t.body)
		return nil, err
	}
	// The library may close a body twice; a buffer must not be given back twice.
	resp.Body = io.NopCloser(bytes.NewReader(t.body.bytes))
	resp.ContentLength = int64(len(t.body.bytes))
	return resp, nil
}
