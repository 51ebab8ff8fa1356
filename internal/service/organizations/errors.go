package organizations

import (
	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/wire"
)

func invalidInput(reason, message string) error {
	return api.NewError("InvalidInputException", message, wire.Field{Name: "Reason", Value: reason})
}

func accountNotFound() error {
	return api.NewError("AccountNotFoundException", "You specified an account that doesn't exist.")
}
