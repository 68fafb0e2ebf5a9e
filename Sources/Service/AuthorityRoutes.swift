import Filing
import Hummingbird
import LedgerEngine
import Receipts

/// The authority's look-ups that tills and their clients call, answered from this ledger's register and tables, so that a shop needs no
/// other address for them.
struct AuthorityRoutes {
    let office: Office

    func add(to router: Router<CallContext>) {
        router.get("api/info/check/getBranchInfo") { _, _ in
            Response(AuthorityAnswer.branches(tables.districts(on: today)))
        }
        router.get("api/info/check/getInfo") { request, _ in
            let tin = request.uri.queryParameters["tin"].map(String.init) ?? ""
            return Response(AuthorityAnswer.merchant(office.register.merchant(tin: tin)))
        }
        // Nobody is enrolled with a register number, and who has one is not for a till to ask.
        router.get("api/info/check/getTinInfo") { _, _ in Response(AuthorityAnswer.noTIN) }
        router.get("api/receipt/receipt/getProductTaxCode") { _, _ in
            Response(AuthorityAnswer.taxProducts(tables.taxProducts))
        }
        for path in ["api/info/check/barcode/v2", "api/info/check/barcode/v2/**"] {
            router.get(RouterPath(path)) { _, context in
                // Each segment is the code of its level; the last one says it all. Below a class of goods would be bar codes: none are held.
                let code = context.parameters.getCatchAll().last.map(String.init) ?? ""
                return Response(AuthorityAnswer.classifications(tables.classifications(below: code, on: today)))
            }
        }
    }

    private var tables: ReferenceTables { office.receipts.tables }

    private var today: ReceiptTime { ReceiptTime(unixMilliseconds: Int64(office.clock.now())) }
}
