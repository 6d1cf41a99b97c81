import { byId } from "app/shared/dom";

// Swagger UI, which a script before this one brings, draws the whole of it.
SwaggerUIBundle({
  url: byId("operations", HTMLElement).dataset.specification,
  dom_id: "#operations",
  deepLinking: true,
  // Else the address of this server would be told to another one.
  validatorUrl: null,
});
