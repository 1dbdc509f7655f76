package wire

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"

	"brygga/adapters"
)

// signingKey is a private key and the algorithm that SMART allows it: RS384 for
// RSA, ES384 for P-384.
type signingKey struct {
	key jose.JSONWebKey
	alg jose.SignatureAlgorithm
}

// readKey reads a private JWK, or the first private signing key of a JWKS. Its
// errors say nothing of the content.
func readKey(b []byte) (signingKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(b, &set); err != nil {
		return signingKey{}, errors.New("auth.key: is no JSON; it must be a private JWK")
	}
	if set.Keys == nil {
		set.Keys = []json.RawMessage{b}
	}
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		if k.UnmarshalJSON(raw) != nil || !k.Valid() || k.IsPublic() || (k.Use != "" && k.Use != "sig") {
			continue
		}
		switch private := k.Key.(type) {
		case *rsa.PrivateKey:
			if private.N.BitLen() >= 2048 && (k.Algorithm == "" || k.Algorithm == string(jose.RS384)) {
				return signingKey{k, jose.RS384}, nil
			}
		case *ecdsa.PrivateKey:
			if private.Curve == elliptic.P384() && (k.Algorithm == "" || k.Algorithm == string(jose.ES384)) {
				return signingKey{k, jose.ES384}, nil
			}
		}
	}
	return signingKey{}, errors.New("auth.key: holds no private key for RS384 (RSA, 2048 bits or more) or ES384 (P-384)")
}

// assertionGrant is SMART backend services: a new signed assertion, used once,
// for every token (SMART App Launch 2.2, "private_key_jwt").
type assertionGrant struct {
	c   *Client
	key signingKey
}

// assertionLives is at most five minutes by the specification; less, so that a
// clock that is somewhat ahead of the server's does no harm.
const assertionLives = 4 * time.Minute

func (g assertionGrant) token(ctx context.Context, endpoint string) (granted, *adapters.Error) {
	assertion, err := g.assertion(endpoint)
	if err != nil {
		return granted{}, g.c.Fault(Request{}, adapters.Fatal, 0, "no assertion could be signed", "check auth.key of this system")
	}
	scopes := g.c.opts.Auth.Scopes
	if len(scopes) == 0 {
		scopes = []string{"system/*.rs", "system/*.cruds"}
	}
	return g.c.postForm(ctx, endpoint, url.Values{
		"grant_type":            {"client_credentials"},
		"scope":                 {strings.Join(scopes, " ")},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion":      {assertion},
	})
}

func (g assertionGrant) assertion(endpoint string) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: g.key.alg, Key: g.key.key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	id := g.c.opts.Auth.ClientID
	now := g.c.opts.Clock()
	return jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: id, Subject: id, Audience: jwt.Audience{endpoint}, ID: uuid.NewString(),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(assertionLives)),
	}).Serialize()
}
