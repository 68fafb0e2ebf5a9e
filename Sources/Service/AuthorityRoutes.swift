import Filing
import Hummingbird
import LedgerEngine
import Receipts

/// The authority's look-ups that tills and their clients call, answered from this ledger's register and tables, so that a shop needs no
/// other address for them.
struct AuthorityRoutes {
    let desks: PosDesks

    func add(to router: some RouterMethods<CallContext>) {
        router.get("api/info/check/getBranchInfo") { request, context in
            let desk = try await desks(request, context)
            return Response(AuthorityAnswer.branches(desk.tables.districts(on: desk.today)))
        }
        router.get("api/info/check/getInfo") { request, context in
            let desk = try await desks(request, context)
            let tin = request.uri.queryParameters["tin"].map(String.init) ?? ""
            return Response(AuthorityAnswer.merchant(desk.office.register.merchant(tin: tin)))
        }
        router.get("api/info/check/getTinInfo") { request, context in
            let desk = try await desks(request, context)
            let number = request.uri.queryParameters["regNo"].map(String.init) ?? ""
            // Companies only: a person's register number is not for a till to ask.
            guard number.utf8.count == 7, let tin = desk.office.register.merchant(registerNumber: number)?.tin else {
                return Response(AuthorityAnswer.noTIN)
            }
            return Response(AuthorityAnswer.tin(tin))
        }
        router.get("api/receipt/receipt/getProductTaxCode") { request, context in
            Response(AuthorityAnswer.taxProducts(try await desks(request, context).tables.taxProducts))
        }
        for path in ["api/info/check/barcode/v2", "api/info/check/barcode/v2/**"] {
            router.get(RouterPath(path)) { request, context in
                let desk = try await desks(request, context)
                // Each segment is the code of its level; the last one says it all. Below a class of goods would be bar codes: none are held.
                let code = context.parameters.getCatchAll().last.map(String.init) ?? ""
                return Response(
                    AuthorityAnswer.classifications(desk.tables.classifications(below: code, on: desk.today)))
            }
        }
    }
}

extension PosDesk {
    fileprivate var tables: ReferenceTables { office.receipts.tables }

    fileprivate var today: ReceiptTime { ReceiptTime(unixMilliseconds: Int64(office.clock.now())) }
}
