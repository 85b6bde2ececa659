package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"berth/engine/fault"
)

// Conversation is one of opencode's own conversations.
type Conversation struct {
	ID        string
	Title     string
	Directory string // in the sandbox
	Created   time.Time
	Updated   time.Time // when something was last said
}

// How much of sessions is read: a session is about 400 bytes, and asking a busy opencode for many takes its time.
const (
	maxSessions      = 500 // of one directory
	maxSessionAnswer = 8 << 20
	sessionsTimeout  = 5 * time.Second
)

// Sessions lists the conversations in the workspace and in every project opencode knows, the last active first. Those that
// opencode's agents hold among themselves are left out.
func (c *Client) Sessions(ctx context.Context) ([]Conversation, error) {
	ctx, cancel := context.WithTimeout(ctx, sessionsTimeout)
	defer cancel()
	var projects []struct {
		Worktree string `json:"worktree"`
	}
	if err := c.list(ctx, c.agent.ProjectPath, &projects); err != nil {
		return nil, err
	}
	directories := []string{c.agent.Workspace}
	for _, p := range projects {
		if p.Worktree != "" && p.Worktree != "/" && !slices.Contains(directories, p.Worktree) { // "/" is what is in no project
			directories = append(directories, p.Worktree)
		}
	}
	byID := map[string]Conversation{}
	for _, directory := range directories {
		var found []struct {
			ID, Title, Directory string
			Time                 struct{ Created, Updated int64 } // milliseconds since 1970
		}
		query := url.Values{"directory": {directory}, "roots": {"true"}, "limit": {fmt.Sprint(maxSessions)}}
		if err := c.list(ctx, c.agent.SessionPath+"?"+query.Encode(), &found); err != nil {
			return nil, err
		}
		for _, s := range found {
			if len(s.ID) > maxTitle {
				continue // none of opencode's
			}
			byID[s.ID] = Conversation{
				ID: s.ID, Title: short(s.Title, maxTitle), Directory: short(s.Directory, maxPath),
				Created: time.UnixMilli(s.Time.Created), Updated: time.UnixMilli(s.Time.Updated),
			}
		}
	}
	all := make([]Conversation, 0, len(byID))
	for _, s := range byID {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b Conversation) int {
		return cmp.Or(b.Updated.Compare(a.Updated), strings.Compare(a.ID, b.ID))
	})
	return all, nil
}

// list reads a JSON list.
func (c *Client) list(ctx context.Context, path string, into any) error {
	const op = "list opencode's sessions"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return err
	}
	if c.password != "" {
		req.SetBasicAuth(c.agent.User, c.password)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fault.From(op, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fault.New(fault.Unknown, op, fmt.Sprintf("it answered %d", resp.StatusCode))
	}
	body := io.LimitReader(resp.Body, maxSessionAnswer)
	if err := json.NewDecoder(body).Decode(into); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return fault.New(fault.Unknown, op, "its answer is too long")
		}
		return fault.From(op, err)
	}
	return nil
}
