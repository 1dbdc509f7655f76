package fhir

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
func (s *System) discover(ctx context.Context) (string, *adapters.Error) {
	r := request{method: http.MethodGet, url: s.address(".well-known/smart-configuration", nil), header: http.Header{"Accept": {"application/json"}}}
	const do = "set auth.token_url of this system"
	a, fault := s.exchange(ctx, r, "")
	if fault != nil {
		return "", fault
	}
	defer a.free()
	if a.status >= 500 || a.status == http.StatusTooManyRequests {
		return "", s.refusal(r, a)
	}
	var found struct {
		TokenEndpoint string `json:"token_endpoint"`
	}
	if a.status != http.StatusOK || json.Unmarshal(a.body(), &found) != nil || found.TokenEndpoint == "" {
		return "", s.fault(r, adapters.Credentials, a.status, "the server does not say where tokens are given (.well-known/smart-configuration)", do)
	}
	if _, err := parseAddress(found.TokenEndpoint); err != nil {
		return "", s.fault(r, adapters.Credentials, a.status, "the token endpoint that the server names "+err.Error(), do)
	}
	return found.TokenEndpoint, nil
}

// secretGrant is OAuth 2 client credentials with a secret.
type secretGrant struct{ s *System }

func (g secretGrant) token(ctx context.Context, endpoint string) (granted, *adapters.Error) {
	a := g.s.opts.Auth
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
			return granted{}, g.s.tokenRefused(refused.Response.StatusCode, refused.ErrorCode)
		}
		var inner *url.Error
		if errors.As(err, &inner) {
			return granted{}, g.s.inToken(g.s.networkError(request{}, err))
		}
		return granted{}, g.s.tokenRefused(http.StatusOK, "")
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
func (s *System) postForm(ctx context.Context, endpoint string, form url.Values) (granted, *adapters.Error) {
	r := request{
		method: http.MethodPost, url: endpoint, body: []byte(form.Encode()), plain: true,
		header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}},
	}
	a, fault := s.exchange(ctx, r, "")
	if fault != nil {
		return granted{}, s.inToken(fault)
	}
	defer a.free()
	var got struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   any    `json:"expires_in"`
		Error       string `json:"error"`
	}
	err := json.Unmarshal(a.body(), &got)
	if a.status != http.StatusOK || err != nil || got.AccessToken == "" {
		return granted{}, s.tokenRefused(a.status, got.Error)
	}
	return granted{access: got.AccessToken, lives: seconds(got.ExpiresIn)}, nil
}

// tokenRefused: the endpoint answered, with no token. Of what it said only
// OAuth's own error code is told.
func (s *System) tokenRefused(status int, code string) *adapters.Error {
	e := s.fault(request{}, adapters.Credentials, status, fmt.Sprintf("the token endpoint gave no token (%d", status), "check auth of this system: client_id, the key or secret, scopes and token_url")
	if c := strings.ReplaceAll(code, "_", "-"); code != "" && word(c) == c {
		e.What += ", " + code
	}
	e.What += ")"
	if status >= 500 || status == http.StatusTooManyRequests {
		e.Class, e.Do = adapters.Retry, "see the log of the server that gives tokens"
	}
	return e
}

func (s *System) inToken(e *adapters.Error) *adapters.Error {
	e.What = "asking for a token: " + e.What
	return e
}

// carried sends the OAuth library's request through our own transport.
type carried struct{ s *System }

func (c carried) RoundTrip(req *http.Request) (*http.Response, error) {
	t := new(trip)
	resp, err := c.s.http.GetClient().Transport.RoundTrip(req.WithContext(withTrip(req.Context(), t)))
	if err != nil {
		c.s.buffers.put(t.body)
		return nil, err
	}
	// The library may close a body twice; a buffer must not be given back twice.
	resp.Body = io.NopCloser(bytes.NewReader(t.body.bytes))
	resp.ContentLength = int64(len(t.body.bytes))
	return resp, nil
}
