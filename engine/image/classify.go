package image

import (
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/containerd/errdefs"

	"berth/engine/fault"
)

// status finds an HTTP status in the text of a registry's answer, as engines pass it on: "received unexpected HTTP status:
// 503 Service Unavailable", "unexpected status from HEAD request to http://...: 429 Too Many Requests", "error parsing HTTP
// 403 response body". The code is in the first group that matched.
var status = regexp.MustCompile(`(?i)(?:http status: |response status code |parsing HTTP |request to \S+: |: |^)([45]\d\d)\b`)

// registryError sorts the answers of a registry that the general rules of package fault cannot tell apart. Errors it has
// nothing to add to come back as they are.
func registryError(err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var inStream *streamError
	if errors.As(err, &inStream) && inStream.code != 0 {
		if kind := byStatus(inStream.code); kind != fault.Unknown {
			return kinded(kind, err)
		}
	}
	if base := fault.From("", err); base.Kind != fault.Unknown && base.Kind != fault.NotFound && base.Kind != fault.EngineError {
		return base
	}
	if m := status.FindStringSubmatch(err.Error()); m != nil {
		code := int(m[1][0]-'0')*100 + int(m[1][1]-'0')*10 + int(m[1][2]-'0')
		if kind := byStatus(code); kind != fault.Unknown {
			return kinded(kind, err)
		}
	}
	text := strings.ToLower(err.Error())
	switch {
	case strings.Contains(text, "denied"), strings.Contains(text, "forbidden"):
		return kinded(fault.Unauthorized, err)
	case errdefs.IsNotFound(err), strings.Contains(text, "not found"), strings.TrimSpace(strings.TrimPrefix(text, "error response from daemon: ")) == "unknown:":
		// The last is Docker 28's for a refusal with no words, by a status that it has no word for either: 404, above all.
		return kinded(fault.ImageNotFound, err)
	case strings.HasSuffix(text, "eof"), strings.Contains(text, "timeout"):
		return kinded(fault.Network, err)
	}
	return err
}

// kinded lets package fault choose the words and sets the kind where it knows less.
func kinded(kind fault.Kind, err error) *fault.Error {
	base := fault.From("", err)
	if base.Kind == kind {
		return base
	}
	e := &fault.Error{Kind: kind, Err: err}
	switch kind {
	case fault.EngineError:
		e.Action, e.Remedy = fault.Retry, "The registry has trouble of its own. Try again in a while."
	case fault.Network, fault.RateLimited:
		e.Action, e.Remedy = fault.Retry, "Try again in a while."
	case fault.ImageNotFound:
		e.Action, e.Remedy = fault.OpenSettings, "Check the image reference for a typing error."
	}
	return e
}

// byStatus is what an HTTP status of a registry means. The 5xx kind is the engine's, since both pass.
func byStatus(code int) fault.Kind {
	switch {
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return fault.Unauthorized
	case code == http.StatusNotFound:
		return fault.ImageNotFound
	case code == http.StatusTooManyRequests:
		return fault.RateLimited
	case code >= 500 && code <= 599:
		return fault.EngineError
	}
	return fault.Unknown
}
